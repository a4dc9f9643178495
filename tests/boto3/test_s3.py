"""S3 as boto3 sees it: whole and in parts, by path and by presigned URL."""

import io
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.processes import ServerProcess

MEBIBYTE = 1 << 20


@pytest.fixture
def s3(server: ServerProcess) -> Any:
    return server.client("s3", account="666666666666")


@pytest.fixture
def bucket(s3: Any, request: pytest.FixtureRequest) -> str:
    """A bucket of the test's own name."""
    name = request.node.name.replace("test_", "").replace("_", "-").split("[")[0][:60].strip("-")
    s3.create_bucket(Bucket=name)
    return str(name)


def code_of(refusal: pytest.ExceptionInfo[ClientError]) -> tuple[str, int]:
    response = refusal.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]


def test_objects_are_put_and_got(s3: Any, bucket: str) -> None:
    put = s3.put_object(
        Bucket=bucket,
        Key="a/b ü+.txt",
        Body=b"hello",
        ContentType="text/plain",
        Metadata={"name": "value"},
    )
    got = s3.get_object(Bucket=bucket, Key="a/b ü+.txt")
    head = s3.head_object(Bucket=bucket, Key="a/b ü+.txt")

    assert got["Body"].read() == b"hello"
    assert got["ETag"] == put["ETag"] == '"5d41402abc4b2a76b9719d911017c592"'
    assert got["ContentType"] == "text/plain"
    assert got["Metadata"] == head["Metadata"] == {"name": "value"}
    assert got["ContentLength"] == head["ContentLength"] == 5
    assert put["ChecksumCRC32"] == got["ChecksumCRC32"]
    listed = s3.list_objects_v2(Bucket=bucket)["Contents"]
    assert [entry["Key"] for entry in listed] == ["a/b ü+.txt"]


def test_an_empty_object_is_one(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="empty")

    assert s3.get_object(Bucket=bucket, Key="empty")["Body"].read() == b""


def test_what_is_not_there_has_the_models_exceptions(s3: Any, bucket: str) -> None:
    with pytest.raises(s3.exceptions.NoSuchKey):
        s3.get_object(Bucket=bucket, Key="none")
    with pytest.raises(s3.exceptions.NoSuchBucket):
        s3.list_objects_v2(Bucket="no-such-bucket")
    with pytest.raises(ClientError) as refusal:
        s3.head_object(Bucket=bucket, Key="none")
    assert code_of(refusal) == ("404", 404)
    with pytest.raises(ClientError) as refusal:
        s3.get_bucket_policy(Bucket=bucket)
    assert code_of(refusal) == ("NoSuchBucketPolicy", 404)


def test_a_large_file_goes_in_parts(s3: Any, bucket: str, tmp_path: Path) -> None:
    content = bytes(index % 253 for index in range(MEBIBYTE)) * 20 + b"end"
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(content)
    config = TransferConfig(multipart_threshold=8 * MEBIBYTE, multipart_chunksize=8 * MEBIBYTE)
    s3.upload_file(str(source), bucket, "large", Config=config, ExtraArgs={"Metadata": {"a": "b"}})
    s3.download_file(bucket, "large", str(target), Config=config)
    head = s3.head_object(Bucket=bucket, Key="large")

    assert target.read_bytes() == content
    assert head["ETag"].endswith('-3"')
    assert head["Metadata"] == {"a": "b"}
    part = s3.get_object(Bucket=bucket, Key="large", Range="bytes=8388600-8388615")
    assert part["Body"].read() == content[8388600:8388616]
    assert part["ResponseMetadata"]["HTTPStatusCode"] == 206
    assert part["ContentRange"] == f"bytes 8388600-8388615/{len(content)}"
    s3.copy({"Bucket": bucket, "Key": "large"}, bucket, "copy", Config=config)
    assert s3.head_object(Bucket=bucket, Key="copy")["ContentLength"] == len(content)


def test_a_stream_goes_in(s3: Any, bucket: str) -> None:
    s3.upload_fileobj(io.BytesIO(b"x" * 100_000), bucket, "stream")

    assert len(s3.get_object(Bucket=bucket, Key="stream")["Body"].read()) == 100_000


def test_conditions_have_their_statuses(s3: Any, bucket: str) -> None:
    etag = s3.put_object(Bucket=bucket, Key="k", Body=b"x")["ETag"]
    with pytest.raises(ClientError) as refusal:
        s3.get_object(Bucket=bucket, Key="k", IfNoneMatch=etag)
    assert code_of(refusal) == ("304", 304)
    with pytest.raises(ClientError) as refusal:
        s3.put_object(Bucket=bucket, Key="k", Body=b"y", IfNoneMatch="*")
    assert code_of(refusal) == ("PreconditionFailed", 412)


def test_lists_come_in_pages_with_prefixes(s3: Any, bucket: str) -> None:
    for number in range(12):
        s3.put_object(Bucket=bucket, Key=f"d{number % 4}/f {number:02}", Body=b"")
    pages = s3.get_paginator("list_objects_v2").paginate(
        Bucket=bucket, PaginationConfig={"PageSize": 5}
    )
    assert len([entry for page in pages for entry in page["Contents"]]) == 12
    top = s3.list_objects_v2(Bucket=bucket, Delimiter="/")
    assert [entry["Prefix"] for entry in top["CommonPrefixes"]] == ["d0/", "d1/", "d2/", "d3/"]
    below = s3.list_objects(Bucket=bucket, Prefix="d1/", Delimiter="/")
    assert [entry["Key"] for entry in below["Contents"]] == ["d1/f 01", "d1/f 05", "d1/f 09"]


def test_objects_are_deleted_together(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k & k", Body=b"")
    reply = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "k & k"}]})

    assert reply["Deleted"] == [{"Key": "k & k"}]
    s3.delete_bucket(Bucket=bucket)


def test_versions_are_listed(s3: Any, bucket: str) -> None:
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    first = s3.put_object(Bucket=bucket, Key="k", Body=b"1")["VersionId"]
    s3.put_object(Bucket=bucket, Key="k", Body=b"2")
    s3.delete_object(Bucket=bucket, Key="k")
    listed = s3.list_object_versions(Bucket=bucket)

    assert len(listed["Versions"]) == 2
    assert listed["DeleteMarkers"][0]["IsLatest"]
    old = s3.get_object(Bucket=bucket, Key="k", VersionId=first)
    assert old["Body"].read() == b"1"


def test_what_a_delete_marker_hides_says_so(s3: Any, bucket: str) -> None:
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    marker = s3.delete_object(Bucket=bucket, Key="k")["VersionId"]
    for ask in (s3.get_object, s3.head_object):
        with pytest.raises(ClientError) as gone:
            ask(Bucket=bucket, Key="k")
        headers = gone.value.response["ResponseMetadata"]["HTTPHeaders"]
        assert code_of(gone)[1] == 404
        assert (headers["x-amz-delete-marker"], headers["x-amz-version-id"]) == ("true", marker)

        with pytest.raises(ClientError) as marked:
            ask(Bucket=bucket, Key="k", VersionId=marker)
        headers = marked.value.response["ResponseMetadata"]["HTTPHeaders"]
        assert code_of(marked)[1] == 405
        assert (headers["x-amz-delete-marker"], headers["allow"]) == ("true", "DELETE")
        assert headers["last-modified"].endswith("GMT")

    with pytest.raises(ClientError) as never:
        s3.get_object(Bucket=bucket, Key="never")
    assert "x-amz-delete-marker" not in never.value.response["ResponseMetadata"]["HTTPHeaders"]
    with pytest.raises(ClientError, match="may not specifically refer to a delete marker"):
        s3.copy_object(
            Bucket=bucket,
            Key="copy",
            CopySource={"Bucket": bucket, "Key": "k", "VersionId": marker},
        )


def test_configurations_are_read_back(s3: Any, bucket: str) -> None:
    cors = [{"AllowedMethods": ["GET"], "AllowedOrigins": ["*"], "MaxAgeSeconds": 5}]
    s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": cors})
    s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": [{"Key": "a", "Value": "b"}]})
    lifecycle = [
        {"ID": "x", "Status": "Enabled", "Filter": {"Prefix": "t/"}, "Expiration": {"Days": 3}}
    ]
    s3.put_bucket_lifecycle_configuration(
        Bucket=bucket, LifecycleConfiguration={"Rules": lifecycle}
    )

    assert s3.get_bucket_cors(Bucket=bucket)["CORSRules"] == cors
    assert s3.get_bucket_tagging(Bucket=bucket)["TagSet"] == [{"Key": "a", "Value": "b"}]
    assert s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"] == lifecycle
    assert s3.get_bucket_location(Bucket=bucket)["LocationConstraint"] is None
    rules = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rules[0]["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"


def test_presigned_urls_put_and_get(s3: Any, bucket: str) -> None:
    where = {"Bucket": bucket, "Key": "k"}
    put = s3.generate_presigned_url("put_object", where)
    get = s3.generate_presigned_url("get_object", where)

    assert httpx.put(put, content=b"by url").status_code == 200
    assert httpx.get(get).content == b"by url"


def test_a_body_with_a_trailing_checksum_is_unpacked(server: ServerProcess, bucket: str) -> None:
    body = b"5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n"
    headers = {
        "content-encoding": "aws-chunked",
        "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        "x-amz-trailer": "x-amz-checksum-crc32",
        "x-amz-decoded-content-length": "5",
    }
    url = f"{server.url}/{bucket}/k"
    credential = "AWS4-HMAC-SHA256 Credential=666666666666/20260101/us-east-1/s3/aws4_request"
    headers["authorization"] = f"{credential}, SignedHeaders=host, Signature=0"

    assert httpx.put(url, content=body, headers=headers).status_code == 200
    got = httpx.get(url, headers={"authorization": headers["authorization"]})
    assert got.content == b"hello"
    assert "content-encoding" not in got.headers or got.headers["content-encoding"] == ""
    wrong = body.replace(b"NhCmhg", b"AAAAAA")
    assert "BadDigest" in httpx.put(url, content=wrong, headers=headers).text


@pytest.mark.parametrize("signature", ["s3", "s3v4"])
def test_a_presigned_url_ends(server: ServerProcess, signature: str) -> None:
    s3 = boto3.client(
        "s3",
        endpoint_url=server.url,
        region_name="us-east-1",
        aws_access_key_id="666666666666",
        aws_secret_access_key="test",
        config=Config(signature_version=signature),
    )
    bucket = f"presigned-{signature}"
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    where = {"Bucket": bucket, "Key": "k"}
    good = s3.generate_presigned_url("get_object", where, ExpiresIn=60)
    ended = s3.generate_presigned_url("get_object", where, ExpiresIn=-1)

    assert httpx.get(good).content == b"x"
    refusal = httpx.get(ended)
    assert refusal.status_code in (400, 403)
    assert "<Code>A" in refusal.text


def test_what_was_acknowledged_outlives_a_kill(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path)
    server.start()
    s3, sqs = server.client("s3"), server.client("sqs")
    s3.create_bucket(Bucket="kept")
    s3.put_object(Bucket="kept", Key="small", Body=b"small")
    s3.put_object(Bucket="kept", Key="large", Body=b"x" * MEBIBYTE)
    upload = s3.create_multipart_upload(Bucket="kept", Key="parts")["UploadId"]
    where = {"Bucket": "kept", "Key": "parts", "UploadId": upload}
    part = s3.upload_part(**where, PartNumber=1, Body=b"y" * MEBIBYTE)
    url = sqs.create_queue(QueueName="kept")["QueueUrl"]
    sent = sqs.send_message(QueueUrl=url, MessageBody="kept")["MessageId"]
    server.kill()
    server.start()
    s3, sqs = server.client("s3"), server.client("sqs")

    assert s3.get_object(Bucket="kept", Key="small")["Body"].read() == b"small"
    assert s3.get_object(Bucket="kept", Key="large")["Body"].read() == b"x" * MEBIBYTE
    parts = [{"PartNumber": 1, "ETag": part["ETag"]}]
    s3.complete_multipart_upload(**where, MultipartUpload={"Parts": parts})
    assert s3.get_object(Bucket="kept", Key="parts")["ContentLength"] == MEBIBYTE
    assert sqs.receive_message(QueueUrl=url)["Messages"][0]["MessageId"] == sent
    assert server.stop() == 0
