"""The clouds' storage, as strict as theirs: S3 checks each signature by its own reckoning, Azure its links."""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, quote, urlsplit

from fake_databricks.server import Answer, FakeServer, Got, expect


@dataclass
class S3Key:
    id: str = "ASIAMADEUP"
    secret: str = "made-up-secret/+key"
    session: str = "made-up-session-token=="


def s3_signature(got: Got, key: S3Key) -> str:
    """AWS Signature Version 4, written down once more from AWS's description."""
    match = re.fullmatch(
        r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8})/([^/]+)/s3/aws4_request, ?SignedHeaders=([^,]+), ?"
        r"Signature=([0-9a-f]{64})",
        got.headers["authorization"],
    )
    expect(match is not None, "an Authorization header of AWS4-HMAC-SHA256")
    assert match is not None
    key_id, day, region, names, signature = match.groups()
    expect(key_id == key.id, "the key that was handed out")
    signed = names.split(";")
    expect(signed == sorted(signed), "sorted signed headers")
    sent = {n for n in got.headers if n.startswith("x-amz-")} | {"host"}
    expect(sent <= set(signed), f"all of {sent} signed")
    pairs = sorted(parse_qsl(urlsplit(got.target).query, keep_blank_values=True))
    query = "&".join(f"{quote(k, safe='-_.~')}={quote(v, safe='-_.~')}" for k, v in pairs)
    lines = "".join(f"{name}:{' '.join(got.headers[name].split())}\n" for name in signed)
    canonical = "\n".join(
        [got.method, got.raw_path, query, lines, ";".join(signed), got.headers["x-amz-content-sha256"]]
    )
    moment = got.headers["x-amz-date"]
    expect(moment[:8] == day, "one day in scope and header")
    scope = f"{day}/{region}/s3/aws4_request"
    text = f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    secret = f"AWS4{key.secret}".encode()
    for part in (day, region, "s3", "aws4_request"):
        secret = hmac.digest(secret, part.encode(), "sha256")
    expect(hmac.digest(secret, text.encode(), "sha256").hex() == signature, "a signature that fits")
    return region


@dataclass
class FakeStorage:
    """Objects by cloud and path. Nothing that belongs to the workspace may reach it."""

    server: FakeServer
    key: S3Key = field(default_factory=S3Key)
    region: str = "eu-west-1"
    sas: str = "sv=2024-01-01&sig=made%2Bup%3D"
    gcs_token: str = "ya29.made-up"
    objects: dict[str, bytes] = field(default_factory=dict)
    links: set[str] = field(default_factory=set)
    encryption: dict[str, str] = field(default_factory=dict)
    _parts: dict[str, dict[int, bytes]] = field(default_factory=dict)
    _blocks: dict[str, dict[str, bytes]] = field(default_factory=dict)
    _lake: dict[str, bytearray] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for method in ("PUT", "POST", "DELETE", "HEAD"):
            self.server.route(method, r"/s3/([^/]+)(?:/(.+))?", lambda got, m: self._s3(got, m[1], m[2]))
        for method in ("PUT", "PATCH"):
            self.server.route(method, r"/azure/(.+)", lambda got, m: self._azure(got, m[1]))
            self.server.route(method, r"/lake/(.+)", lambda got, m: self._lake_link(got, m[1]))
        self.server.route("PUT", r"/blob/(.+)", lambda got, m: self._blob(got, m[1]))
        self.server.route("PUT", r"/gcs/(.+)", lambda got, m: self._gcs(got, m[1]))
        for method in ("PUT", "GET", "DELETE"):
            self.server.route(method, r"/signed/(.+)", lambda got, m: self._signed(got, m[1]))

    def sign(self, cloud: str, path: str) -> str:
        """A link to an object that is good until :meth:`expire`."""
        signature = f"sig{len(self.links)}"
        self.links.add(signature)
        return f"{self.server.url}/{cloud}/{quote(path)}?sig={signature}"

    def expire(self) -> None:
        self.links.clear()

    def _s3(self, got: Got, bucket: str, key: str | None) -> Answer:
        if got.method == "HEAD":
            return Answer(403, headers={"x-amz-bucket-region": self.region})
        expect(key is not None, "an object")
        if got.headers.get("x-amz-security-token") != self.key.session:
            return Answer(400, b"<Error><Code>ExpiredToken</Code></Error>")
        expect(s3_signature(got, self.key) == self.region, "the bucket's region")
        payload = hashlib.sha256(got.body).hexdigest()
        expect(got.headers["x-amz-content-sha256"] == payload, "the payload's SHA-256")
        place = f"s3/{bucket}/{key}"
        query = got.query
        if got.method == "POST" and "uploads" in query:
            expect(all(got.headers.get(n) == v for n, v in self.encryption.items()), "encryption asked for")
            self._parts["up+1/="] = {}
            return Answer(200, b"<InitiateMultipartUploadResult><UploadId>up+1/=</UploadId></Initiate>")
        if got.method == "PUT" and "partNumber" in query:
            self._parts[query["uploadId"]][int(query["partNumber"])] = got.body
            return Answer(200, headers={"ETag": f'"{hashlib.md5(got.body).hexdigest()}"'})
        if got.method == "POST":
            parts = self._parts.pop(query["uploadId"])
            tags = re.findall(
                r"<PartNumber>(\d+)</PartNumber><ETag>\"([0-9a-f]+)\"</ETag>", got.body.decode()
            )
            expected = [(str(n), hashlib.md5(parts[n]).hexdigest()) for n in sorted(parts)]
            expect(tags == expected, f"the parts {expected}, got {tags}")
            self.objects[place] = b"".join(parts[n] for n in sorted(parts))
            return Answer(200, b"<CompleteMultipartUploadResult/>")
        if got.method == "DELETE":
            self._parts.pop(query["uploadId"])
            return Answer(204)
        expect(all(got.headers.get(n) == v for n, v in self.encryption.items()), "encryption asked for")
        self.objects[place] = got.body
        return Answer(200)

    def _azure(self, got: Got, path: str) -> Answer:
        if f"&{self.sas}&" not in f"&{urlsplit(got.target).query}&":
            return Answer(403, b"AuthenticationFailed")
        return self._data_lake(got, f"azure/{path}")

    def _lake_link(self, got: Got, path: str) -> Answer:
        return self._data_lake(got, path) if got.query.get("sig") in self.links else Answer(403)

    def _data_lake(self, got: Got, path: str) -> Answer:
        """Create, append in order, flush at the size."""
        expect("authorization" not in got.headers, "no workspace token at Azure")
        query = got.query
        if got.method == "PUT":
            expect(query.get("resource") == "file" and not got.body, "the creation of a file")
            self._lake[path] = bytearray()
            return Answer(201)
        content = self._lake[path]
        if query["action"] == "append":
            expect(int(query["position"]) == len(content), "an append at the end")
            expect(len(got.body) > 0, "bytes to append")
            content += got.body
            if query.get("flush") != "true":
                return Answer(202)
        else:
            expect(query["action"] == "flush" and not got.body, "a flush")
            expect(int(query["position"]) == len(content), "a flush at the size")
        self.objects[path] = bytes(content)
        return Answer(200)

    def _blob(self, got: Got, path: str) -> Answer:
        if got.query.get("sig") not in self.links:
            return Answer(403)
        expect("authorization" not in got.headers, "no workspace token at Azure")
        blocks = self._blocks.setdefault(path, {})
        if got.query["comp"] == "block":
            expect(got.headers.get("x-ms-blob-type") == "BlockBlob", "x-ms-blob-type: BlockBlob")
            identity = got.query["blockid"]
            expect(all(len(identity) == len(other) for other in blocks), "ids of one length")
            blocks[identity] = got.body
            return Answer(201)
        expect(got.query["comp"] == "blocklist", "a list of blocks")
        listed = re.findall(r"<Uncommitted>([^<]+)</Uncommitted>", got.body.decode())
        self.objects[path] = b"".join(blocks[identity] for identity in listed)
        del self._blocks[path]
        return Answer(201)

    def _gcs(self, got: Got, path: str) -> Answer:
        if got.headers.get("authorization") != f"Bearer {self.gcs_token}":
            return Answer(401)
        self.objects[f"gcs/{path}"] = got.body
        return Answer(200)

    def _signed(self, got: Got, path: str) -> Answer:
        if got.query.get("sig") not in self.links:
            return Answer(403)
        expect("authorization" not in got.headers, "no workspace token at a signed link")
        expect(got.headers.get("x-made-up") == "header", "the header that came with the link")
        if got.method == "GET":
            return Answer(200, self.objects[path])
        if got.method == "DELETE":
            return Answer(204)
        self.objects[path] = got.body
        return Answer(200, headers={"ETag": hashlib.md5(got.body).hexdigest()})
