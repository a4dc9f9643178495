// S3 through the SDK: streams (aws-chunked with a trailer, over plain http), parts, presigned URLs.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { before, test } from "node:test";
import { Readable } from "node:stream";
import {
  CreateBucketCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  paginateListObjectsV2,
  PutObjectCommand,
  S3Client,
  waitUntilBucketExists,
  waitUntilObjectExists,
} from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";

const Bucket = "js-objects";
const client = new S3Client();
const waiting = { client, maxWaitTime: 30, minDelay: 1 };

async function* pieces(count) {
  for (let number = 0; number < count; number++) yield Buffer.alloc(65536, number);
}

async function digest(stream) {
  const hash = createHash("sha256");
  for await (const piece of stream) hash.update(piece);
  return hash.digest("hex");
}

before(async () => {
  await client.send(new CreateBucketCommand({ Bucket }));
  await waitUntilBucketExists(waiting, { Bucket });
});

test("a stream of known length arrives without its framing", async () => {
  const Body = Readable.from(pieces(32));
  const put = { Bucket, Key: "stream", Body, ContentLength: 32 * 65536 };
  const { ChecksumCRC32 } = await client.send(new PutObjectCommand(put));
  assert.equal(ChecksumCRC32.length, 8);
  const got = await client.send(new GetObjectCommand({ Bucket, Key: "stream" }));
  assert.equal(got.ContentLength, 32 * 65536);
  assert.equal(got.ContentEncoding, undefined);
  assert.equal(await digest(got.Body), await digest(pieces(32)));
});

test("a stream of unknown length goes up in parts", async () => {
  const params = { Bucket, Key: "parts", Body: Readable.from(pieces(320)) };
  await new Upload({ client, params }).done();
  await waitUntilObjectExists(waiting, { Bucket, Key: "parts" });
  const { ETag } = await client.send(new HeadObjectCommand({ Bucket, Key: "parts" }));
  assert.match(ETag, /-4"$/);
  const got = await client.send(new GetObjectCommand({ Bucket, Key: "parts" }));
  assert.equal(await digest(got.Body), await digest(pieces(320)));
});

test("a presigned address is enough to write and to read", async () => {
  const object = { Bucket, Key: "ä b+c/d" };
  const address = await getSignedUrl(client, new PutObjectCommand(object), { expiresIn: 60 });
  assert.equal((await fetch(address, { method: "PUT", body: "presigned" })).status, 200);
  const reading = await getSignedUrl(client, new GetObjectCommand(object), { expiresIn: 60 });
  assert.equal(await (await fetch(reading)).text(), "presigned");
});

test("metadata, ranges and conditions are kept", async () => {
  const object = { Bucket, Key: "meta" };
  await client.send(
    new PutObjectCommand({
      ...object,
      Body: "0123456789",
      ContentType: "text/x-digits",
      Metadata: { who: "me" },
    }),
  );
  const part = await client.send(new GetObjectCommand({ ...object, Range: "bytes=2-4" }));
  assert.equal(await part.Body.transformToString(), "234");
  assert.deepEqual(
    [part.ContentRange, part.ContentType, part.Metadata.who],
    ["bytes 2-4/10", "text/x-digits", "me"],
  );
  await assert.rejects(
    client.send(new PutObjectCommand({ ...object, Body: "", IfNoneMatch: "*" })),
    { name: "PreconditionFailed" },
  );
});

test("lists come in pages and many are deleted at once", async () => {
  const keys = [];
  for await (const page of paginateListObjectsV2({ client, pageSize: 2 }, { Bucket })) {
    keys.push(...page.Contents.map((object) => object.Key));
  }
  assert.deepEqual(keys, ["meta", "parts", "stream", "ä b+c/d"]);
  const { Deleted } = await client.send(
    new DeleteObjectsCommand({ Bucket, Delete: { Objects: keys.map((Key) => ({ Key })) } }),
  );
  assert.equal(Deleted.length, 4);
  await assert.rejects(client.send(new GetObjectCommand({ Bucket, Key: "meta" })), {
    name: "NoSuchKey",
    message: "The specified key does not exist.",
  });
  await assert.rejects(client.send(new HeadObjectCommand({ Bucket, Key: "meta" })), {
    name: "NotFound",
  });
});
