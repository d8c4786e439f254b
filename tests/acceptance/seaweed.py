"""A server that enforces bucket policies: SeaweedFS's S3 gateway on loopback, and requests to it.

The server lives in a folder of its own, opens ports on 127.0.0.1 only, reports nothing to anybody, and ends with the
`with` block or, on Linux, with this process however that ends.
"""
import ctypes
import datetime
import hashlib
import http.client
import ipaddress
import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from urllib.parse import quote

ACCOUNT, REGION = "000000000000", "us-east-1"  # SeaweedFS knows no other account
HOST, PROXY = "127.0.0.1", "127.0.0.99"  # what the server hears from PROXY about a caller's address, it believes
SECRET = "secret"
PORTS = ("master.port", "master.port.grpc", "volume.port", "volume.port.grpc", "filer.port", "filer.port.grpc",
         "s3.port", "s3.port.grpc", "s3.port.https")


def certificate(folder):
    """A key and a certificate for HOST that nobody else trusts; (certificate, key)."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "throw-away")])
    now = datetime.datetime.now(datetime.timezone.utc)
    made = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(hours=1)).not_valid_after(now + datetime.timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(HOST))]), critical=False)
            .sign(key, hashes.SHA256()))
    files = folder / "cert.pem", folder / "key.pem"
    files[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                           serialization.NoEncryption()))
    return files


def free_ports(count):
    held = [socket.create_server((HOST, 0)) for _ in range(count)]
    ports = [s.getsockname()[1] for s in held]
    for s in held:
        s.close()
    return ports


def end_with_parent():
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


class Server:
    """with Server(program, users) as server: server.call(...)

    users: names, each with what its own policies allow in SeaweedFS's words (`Admin` is everything).
    """

    def __init__(self, program, users):
        self.program, self.users, self.process = program, users, None
        self.connections = threading.local()

    def __enter__(self):
        self.temporary = tempfile.TemporaryDirectory(prefix="s3harden-seaweedfs-")
        self.folder = Path(self.temporary.name)
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self.process:
            self.process.kill()  # asked politely it takes ten seconds, and nothing here is kept
            self.process.wait()
            for kind in ("master", "volume", "filer", "s3"):
                Path(f"/tmp/seaweedfs-{kind}-grpc-{self.ports[kind + '.port.grpc']}.sock").unlink(missing_ok=True)
        self.temporary.cleanup()

    def start(self):
        cert, key = certificate(self.folder)
        identities = [{"name": "anonymous", "actions": []}]
        identities += [{"name": name, "actions": actions, "credentials": [{"accessKey": f"AK{name}", "secretKey": SECRET}]}
                       for name, actions in self.users.items()]
        (self.folder / "s3.json").write_text(json.dumps({"identities": identities}))
        (self.folder / "data").mkdir()
        self.ports = dict(zip(PORTS, free_ports(len(PORTS))))
        options = {
            "dir": self.folder / "data", "ip": HOST, "ip.bind": HOST, "master.telemetry": "false", "volume.max": 1000,
            "master.volumeSizeLimitMB": 1, "filer.localSocket": self.folder / "filer.sock",
            "s3.localSocket": self.folder / "s3.sock", "s3.cert.file": cert, "s3.key.file": key,
            "s3.config": self.folder / "s3.json", "s3.port.iceberg": 0, "s3.port.lance": 0, **self.ports,
        }
        env = {"PATH": os.defpath, "HOME": str(self.folder), "TMPDIR": str(self.folder),
               "WEED_S3_TRUSTED_PROXIES_WHITE_LIST": f"{PROXY}/32", "WEED_S3_SSE_KEK": "5e" * 32}
        log = self.folder / "log"
        with log.open("wb") as said:
            self.process = subprocess.Popen(
                [self.program, "-logtostderr=true", "server", "-s3", *(f"-{k}={v}" for k, v in options.items())],
                cwd=self.folder, env=env, stdin=subprocess.DEVNULL, stdout=said, stderr=said, preexec_fn=end_with_parent)
        self.trusted = ssl.create_default_context(cafile=cert)
        self.old = ssl.create_default_context(cafile=cert)
        self.old.maximum_version = ssl.TLSVersion.TLSv1_2
        deadline, why = time.monotonic() + 60, None
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                # it answers before it can store anything
                if all(self.call("keeper", "PUT", "/ready", tls=tls)[0] in (200, 409) for tls in (None, "1.3")) \
                        and self.call("keeper", "PUT", "/ready/x", body=b"x")[0] == 200:
                    return
            except (OSError, http.client.HTTPException) as e:
                why = e
            time.sleep(0.1)
        raise RuntimeError(f"SeaweedFS does not start ({why}): {log.read_text(errors='replace')[-2000:]}")

    def connection(self, tls, source):
        """One for each thread, way and source; kept open."""
        kept = self.connections.__dict__.setdefault("kept", {})
        if (tls, source) not in kept:
            more = {"source_address": (source, 0), "timeout": 20}
            kept[tls, source] = (
                http.client.HTTPSConnection(HOST, self.ports["s3.port.https"], context=self.old if tls == "1.2" else self.trusted, **more)
                if tls else http.client.HTTPConnection(HOST, self.ports["s3.port"], **more))
        return kept[tls, source]

    def call(self, user, method, path, query="", body=b"", headers=(), tls="1.3", address=HOST):
        """(status, S3's error code or none). No user: anonymous. No tls: plain HTTP. An address off loopback is
        what a trusted proxy says."""
        from botocore.auth import S3SigV4Auth
        from botocore.awsrequest import AWSRequest
        from botocore.credentials import Credentials

        headers, source = dict(headers), address
        if not ipaddress.ip_address(address).is_loopback:
            source, headers["X-Forwarded-For"] = PROXY, address
        connection = self.connection(tls, source)
        target = quote(path) + (f"?{query}" if query else "")
        if user:
            request = AWSRequest(method, f"{'https' if tls else 'http'}://{HOST}:{connection.port}{target}", headers, body)
            request.headers["X-Amz-Content-SHA256"] = hashlib.sha256(body).hexdigest()
            S3SigV4Auth(Credentials(f"AK{user}", SECRET), "s3", REGION).add_auth(request)
            headers = dict(request.headers.items())
        for last in (False, True):
            try:
                connection.request(method, target, body, headers)
                answer = connection.getresponse()
                text = answer.read().decode(errors="replace")
                break
            except (OSError, http.client.HTTPException) as e:
                connection.close()
                if last or not isinstance(e, ConnectionError):
                    raise  # else the server had closed what was kept open
        code = re.search(r"<Code>(\w+)</Code>", text)
        return answer.status, code and code.group(1)
