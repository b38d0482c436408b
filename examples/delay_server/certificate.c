#include "certificate.h"

#include <errno.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdio.h>

#define SECONDS_PER_DAY 86400L

EVP_PKEY *certificate_make_key(void)
{
    return EVP_EC_gen("P-256");
}

static bool set_serial(X509 *certificate)
{
    uint64_t serial;
    return RAND_bytes((unsigned char *)&serial, sizeof serial) == 1 &&
           ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), serial >> 1) == 1;
}

/* Self-signed: subject and issuer are one. */
static bool set_name(X509 *certificate, const char *name)
{
    X509_NAME *subject = X509_get_subject_name(certificate);
    return X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, (const unsigned char *)name, -1,
                                      -1, 0) == 1 &&
           X509_set_issuer_name(certificate, subject) == 1;
}

static bool set_days(X509 *certificate, int first_day, int last_day)
{
    return X509_gmtime_adj(X509_getm_notBefore(certificate), first_day * SECONDS_PER_DAY) &&
           X509_gmtime_adj(X509_getm_notAfter(certificate), last_day * SECONDS_PER_DAY);
}

static bool add_extension(X509 *certificate, X509V3_CTX *context, int id, const char *value)
{
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, context, id, value);
    bool added = extension && X509_add_ext(certificate, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return added;
}

static bool add_extensions(X509 *certificate)
{
    static const struct {
        int id;
        const char *value;
    } extensions[] = {
        {NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1,IP:::1"},
        {NID_basic_constraints, "critical,CA:TRUE"},
        {NID_key_usage, "critical,digitalSignature,keyCertSign"},
        {NID_ext_key_usage, "serverAuth"},
        {NID_subject_key_identifier, "hash"},
        {NID_authority_key_identifier, "keyid:always"},
    };
    X509V3_CTX context;
    X509V3_set_ctx(&context, certificate, certificate, NULL, NULL, 0);
    for (size_t i = 0; i < sizeof extensions / sizeof *extensions; i++)
        if (!add_extension(certificate, &context, extensions[i].id, extensions[i].value))
            return false;
    return true;
}

X509 *certificate_make(EVP_PKEY *key, const char *name, int first_day, int last_day)
{
    X509 *certificate = X509_new();
    if (certificate && X509_set_version(certificate, X509_VERSION_3) == 1 &&
        set_serial(certificate) && set_name(certificate, name) &&
        set_days(certificate, first_day, last_day) && X509_set_pubkey(certificate, key) == 1 &&
        add_extensions(certificate) && X509_sign(certificate, key, EVP_sha256()) > 0)
        return certificate;
    X509_free(certificate);
    return NULL;
}

bool certificate_write(const char *path, X509 *const certificates[], int count)
{
    FILE *file = fopen(path, "we");
    if (!file)
        return false;
    bool written = true;
    for (int i = 0; i < count && written; i++)
        written = !certificates[i] || PEM_write_X509(file, certificates[i]) == 1;
    /* What is still in the buffer meets a full disk only here. */
    if (fflush(file) != 0)
        written = false;
    int error = errno;
    fclose(file);
    errno = error;
    return written;
}

SSL_CTX *certificate_context(EVP_PKEY *key, X509 *certificate)
{
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    if (!context)
        return NULL;
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    /* Thousands of connections wait: give back the buffers of those that have nothing to say. */
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                  SSL_MODE_RELEASE_BUFFERS);
    if (SSL_CTX_use_certificate(context, certificate) == 1 &&
        SSL_CTX_use_PrivateKey(context, key) == 1)
        return context;
    SSL_CTX_free(context);
    return NULL;
}
