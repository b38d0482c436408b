#include "certificate.h"

#include <check.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

enum { DAY_S = 24 * 60 * 60, DAYS_SINCE_START = 30 };

static void extension_add(X509 *certificate, int kind, const char *value)
{
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, kind, value);
    ck_assert_ptr_nonnull(extension);
    ck_assert_int_eq(X509_add_ext(certificate, extension, -1), 1);
    X509_EXTENSION_free(extension);
}

static X509 *certificate_make(EVP_PKEY *key, int days)
{
    X509 *certificate = X509_new();
    ck_assert_ptr_nonnull(certificate);
    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1 + (days < 0));
    X509_gmtime_adj(X509_getm_notBefore(certificate), -(long)DAYS_SINCE_START * DAY_S);
    X509_gmtime_adj(X509_getm_notAfter(certificate), (long)days * DAY_S);
    X509_NAME *name = X509_get_subject_name(certificate);
    const char *common = days < 0 ? "expired" : "localhost"; /* issuers must differ to be found */
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)common, -1, -1, 0);
    X509_set_issuer_name(certificate, name);
    X509_set_pubkey(certificate, key);
    extension_add(certificate, NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1");
    extension_add(certificate, NID_basic_constraints, "critical,CA:TRUE");
    ck_assert_int_gt(X509_sign(certificate, key, EVP_sha256()), 0);
    return certificate;
}

SSL_CTX *certificate_context(int days)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    ck_assert_ptr_nonnull(key);
    X509 *certificate = certificate_make(key, days);
    SSL_CTX *context = SSL_CTX_new(TLS_method());
    ck_assert_ptr_nonnull(context);
    ck_assert_int_eq(SSL_CTX_use_certificate(context, certificate), 1);
    ck_assert_int_eq(SSL_CTX_use_PrivateKey(context, key), 1);
    X509_free(certificate);
    EVP_PKEY_free(key);
    return context;
}

void certificate_append(SSL_CTX *context, const char *path)
{
    FILE *file = fopen(path, "a");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(PEM_write_X509(file, SSL_CTX_get0_certificate(context)), 1);
    fclose(file);
}

void certificate_append_with_key(SSL_CTX *context, const char *path)
{
    certificate_append(context, path);
    FILE *file = fopen(path, "a");
    ck_assert_ptr_nonnull(file);
    EVP_PKEY *key = SSL_CTX_get0_privatekey(context);
    ck_assert_int_eq(PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL), 1);
    fclose(file);
}
