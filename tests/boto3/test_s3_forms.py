"""Forms that boto3 presigns, posted as browsers post them."""

from typing import Any

import httpx
import pytest

from tests.processes import ServerProcess


@pytest.fixture
def s3(server: ServerProcess) -> Any:
    return server.client("s3")


@pytest.fixture
def bucket(s3: Any, request: pytest.FixtureRequest) -> str:
    name = request.node.name.replace("test_", "").replace("_", "-").split("[")[0][:60].strip("-")
    s3.create_bucket(Bucket=name)
    return str(name)


def posted(form: dict[str, Any], content: bytes = b"hello", **more: str) -> httpx.Response:
    files = {"file": ("a b.txt", content, "text/plain")}
    return httpx.post(form["url"], data={**form["fields"], **more}, files=files)


def test_a_presigned_form_puts_its_file(s3: Any, bucket: str) -> None:
    fields = {"Content-Type": "text/plain", "x-amz-meta-name": "value", "acl": "private"}
    conditions = [{name: value} for name, value in fields.items()]
    form = s3.generate_presigned_post(
        bucket, "user/${filename}", Fields=fields, Conditions=conditions
    )
    reply = posted(form)
    got = s3.get_object(Bucket=bucket, Key="user/a b.txt")

    assert (reply.status_code, reply.content) == (204, b"")
    assert reply.headers["location"] == f"{form['url']}/user%2Fa%20b.txt"
    assert reply.headers["etag"] == got["ETag"]
    assert got["Body"].read() == b"hello"
    assert (got["ContentType"], got["Metadata"]) == ("text/plain", {"name": "value"})
    assert httpx.get(reply.headers["location"]).content == b"hello"


def test_a_large_file_passes_as_a_stream(s3: Any, bucket: str) -> None:
    content = bytes(range(256)) * 40_000
    reply = posted(s3.generate_presigned_post(bucket, "large"), content)

    assert reply.status_code == 204
    assert s3.get_object(Bucket=bucket, Key="large")["Body"].read() == content


def test_the_browser_is_told_as_the_form_asks(s3: Any, bucket: str) -> None:
    def answer(name: str, value: str) -> httpx.Response:
        form = s3.generate_presigned_post(
            bucket, "k&k", Fields={name: value}, Conditions=[{name: value}]
        )
        return posted(form)

    created = answer("success_action_status", "201")
    redirected = answer("success_action_redirect", "http://localhost/done?a=1")

    assert created.status_code == 201
    assert "<Key>k&amp;k</Key>" in created.text
    assert f"<Location>{created.headers['location']}</Location>" in created.text
    assert answer("success_action_status", "200").status_code == 200
    assert answer("success_action_status", "404").status_code == 204
    assert redirected.status_code == 303
    assert redirected.headers["location"] == (
        f"http://localhost/done?a=1&bucket={bucket}&key=k%26k"
        "&etag=%225d41402abc4b2a76b9719d911017c592%22"
    )
    assert answer("success_action_redirect", "/relative").status_code == 204


def test_what_the_policy_does_not_allow_is_refused(s3: Any, bucket: str) -> None:
    form = s3.generate_presigned_post(bucket, "k", Conditions=[["content-length-range", 3, 10]])
    long, short = posted(form, b"x" * 2_000_000), posted(form, b"x")
    extra, late = posted(form, acl="private"), s3.generate_presigned_post(bucket, "k", ExpiresIn=-1)

    assert [long.status_code, short.status_code, extra.status_code] == [400, 400, 403]
    assert "<ProposedSize>2000000</ProposedSize><MaxSizeAllowed>10</MaxSizeAllowed>" in long.text
    assert "<Code>EntityTooSmall</Code>" in short.text
    assert "Invalid according to Policy: Extra input fields: acl" in extra.text
    assert "Invalid according to Policy: Policy expired." in posted(late).text
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)


@pytest.mark.parametrize("version", ["s3", "s3v4"])
def test_a_form_is_signed_with_the_secret_of_its_key(
    server: ServerProcess, s3: Any, bucket: str, version: str
) -> None:
    import boto3
    from botocore.config import Config

    iam = server.client("iam")
    iam.create_user(UserName=f"browser-{version}")
    key = iam.create_access_key(UserName=f"browser-{version}")["AccessKey"]

    def presigned(secret: str) -> dict[str, Any]:
        client = boto3.client(
            "s3",
            endpoint_url=server.url,
            region_name="us-east-1",
            aws_access_key_id=key["AccessKeyId"],
            aws_secret_access_key=secret,
            config=Config(signature_version=version),
        )
        form: dict[str, Any] = client.generate_presigned_post(bucket, "k")
        return form

    assert posted(presigned(key["SecretAccessKey"])).status_code == 204
    refused = posted(presigned("another"))
    assert refused.status_code == 403
    assert "<Code>SignatureDoesNotMatch</Code>" in refused.text


def test_a_form_without_a_key_or_a_file_is_refused(s3: Any, bucket: str) -> None:
    form = s3.generate_presigned_post(bucket, "k")
    url = form["url"]
    no_key = httpx.post(url, files={"file": b"x"})
    no_file = httpx.post(url, files={"key": (None, b"k")})
    unsigned = {name: value for name, value in form["fields"].items() if "signature" not in name}
    no_signature = posted({"url": url, "fields": unsigned})
    large = httpx.post(url, data={"key": "k" * 30_000}, files={"file": b"x"})
    broken = httpx.post(
        url, content=b"nothing", headers={"content-type": "multipart/form-data; boundary=b"}
    )

    assert [one.status_code for one in (no_key, no_file, no_signature, large, broken)] == [400] * 5
    assert "must contain a field named 'key'.  If it is specified" in no_key.text
    assert "POST requires exactly one file upload per request." in no_file.text
    assert "must contain a field named" in no_signature.text
    assert "<Code>MaxPostPreDataLengthExceeded</Code>" in large.text
    assert "<Code>MalformedPOSTRequest</Code>" in broken.text


def test_a_form_may_be_anonymous_and_give_tags(s3: Any, server: ServerProcess, bucket: str) -> None:
    tagging = "<Tagging><TagSet><Tag><Key>a</Key><Value>b c</Value></Tag></TagSet></Tagging>"
    url = f"{server.url}/{bucket}"
    reply = httpx.post(url, data={"key": "k", "tagging": tagging}, files={"file": b"x"})

    assert reply.status_code == 204
    found = s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"]
    assert found == [{"Key": "a", "Value": "b c"}]


def test_a_page_posts_where_the_rules_let_it(s3: Any, bucket: str) -> None:
    form = s3.generate_presigned_post(bucket, "k")
    files = {"file": b"x"}
    shop = {"origin": "https://shop.example"}
    refused = httpx.post(form["url"], data=form["fields"], files=files, headers=shop)
    rule = {"AllowedMethods": ["POST"], "AllowedOrigins": ["https://shop.example"]}
    s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": [rule]})
    allowed = httpx.post(form["url"], data=form["fields"], files=files, headers=shop)

    assert refused.status_code == 403
    assert allowed.status_code == 204
    assert allowed.headers["access-control-allow-origin"] == "https://shop.example"


def test_a_form_names_its_bucket_by_the_host(s3: Any, server: ServerProcess, bucket: str) -> None:
    port = server.url.rpartition(":")[2]
    host = {"host": f"{bucket}.s3.localhost:{port}"}
    reply = httpx.post(server.url, data={"key": "k"}, files={"file": b"x"}, headers=host)

    assert reply.status_code == 204
    assert s3.head_object(Bucket=bucket, Key="k")["ContentLength"] == 1
