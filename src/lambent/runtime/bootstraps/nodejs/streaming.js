'use strict';
/*
 * The global `awslambda`: handlers that write their answer as a stream.
 * https://docs.aws.amazon.com/lambda/latest/dg/config-rs-write-functions.html
 */

const { Writable } = require('stream');

const STREAMING = Symbol.for('aws.lambda.runtime.handler.streaming');
const HTTP_TYPE = 'application/vnd.awslambda.http-integration-response';
const DEFAULT_TYPE = 'application/octet-stream';

class ResponseStream extends Writable {
  constructor(send) {
    super({ highWaterMark: 64 * 1024 });
    this._send = send;
    this._contentType = undefined;
    this._began = false;
    this._onBegin = undefined;
  }

  setContentType(contentType) {
    if (this._began) throw new Error('Cannot set content-type, too late.');
    this._contentType = contentType;
  }

  _begin() {
    if (this._began) return;
    if (this._onBegin) {
      const prelude = this._onBegin();
      this._began = true;
      this._send('B', this._contentType || DEFAULT_TYPE);
      this._send('P', prelude);
      return;
    }
    this._began = true;
    this._send('B', this._contentType || DEFAULT_TYPE);
  }

  write(chunk, encoding, callback) {
    // AWS: whatever is no text and no bytes is written as JSON.
    const isRaw = typeof chunk === 'string' || Buffer.isBuffer(chunk) || chunk instanceof Uint8Array;
    return super.write(isRaw ? chunk : JSON.stringify(chunk), encoding, callback);
  }

  _write(chunk, encoding, callback) {
    this._begin();
    this._send('P', chunk, callback);
  }

  _final(callback) {
    this._begin();
    callback();
  }
}

class HttpResponseStream {
  static from(stream, metadata) {
    stream.setContentType(HTTP_TYPE);
    const prelude = JSON.stringify(metadata);
    stream._onBegin = () => Buffer.concat([Buffer.from(prelude), Buffer.alloc(8)]);
    return stream;
  }
}

function streamifyResponse(handler, options) {
  handler[STREAMING] = 'response';
  if (options && options.highWaterMark) handler[Symbol.for('aws.lambda.runtime.handler.streaming.highWaterMark')] = options.highWaterMark;
  return handler;
}

function isStreaming(handler) {
  return handler[STREAMING] === 'response';
}

function install() {
  globalThis.awslambda = { streamifyResponse, HttpResponseStream };
}

module.exports = { ResponseStream, install, isStreaming };
