"""Code that is written in a template, and what AWS puts beside it, as a package."""

import io
import zipfile
from typing import Any

from lambent.languages.templates.resource_types import Asked

# AWS: a function whose code is in the template finds this module beside it.
_CFN_RESPONSE_PYTHON = """\
import json
import urllib.request

SUCCESS = "SUCCESS"
FAILED = "FAILED"


def send(event, context, responseStatus, responseData, physicalResourceId=None, noEcho=False,
         reason=None):
    body = json.dumps({
        "Status": responseStatus,
        "Reason": reason or "See the details in CloudWatch Log Stream: " + context.log_stream_name,
        "PhysicalResourceId": physicalResourceId or context.log_stream_name,
        "StackId": event["StackId"],
        "RequestId": event["RequestId"],
        "LogicalResourceId": event["LogicalResourceId"],
        "NoEcho": noEcho,
        "Data": responseData,
    }).encode()
    request = urllib.request.Request(
        event["ResponseURL"], data=body, headers={"content-type": ""}, method="PUT")
    with urllib.request.urlopen(request) as response:
        print("Status code:", response.status)
"""
_CFN_RESPONSE_NODE = """\
exports.SUCCESS = "SUCCESS";
exports.FAILED = "FAILED";

exports.send = function (event, context, responseStatus, responseData, physicalResourceId, noEcho) {
  const body = JSON.stringify({
    Status: responseStatus,
    Reason: "See the details in CloudWatch Log Stream: " + context.logStreamName,
    PhysicalResourceId: physicalResourceId || context.logStreamName,
    StackId: event.StackId,
    RequestId: event.RequestId,
    LogicalResourceId: event.LogicalResourceId,
    NoEcho: noEcho || false,
    Data: responseData,
  });
  const url = new URL(event.ResponseURL);
  const client = url.protocol === "https:" ? require("https") : require("http");
  const options = {
    hostname: url.hostname,
    port: url.port,
    path: url.pathname + url.search,
    method: "PUT",
    headers: { "content-type": "", "content-length": Buffer.byteLength(body) },
  };
  return new Promise((resolve, reject) => {
    const request = client.request(options, (response) => {
      response.resume();
      resolve(context.done ? context.done() : undefined);
    });
    request.on("error", reject);
    request.end(body);
  });
};
"""
# The same bytes for the same code, so that a creation that is repeated asks for the same.
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)


def zipped(asked: Asked) -> bytes | None:
    """Code that is written in the template, as the package that Lambda takes."""
    code: dict[str, Any] = asked.properties.get("Code") or {}
    if "ZipFile" not in code:
        return None
    is_node = str(asked.properties.get("Runtime", "")).startswith("nodejs")
    response = ("cfn-response.js", _CFN_RESPONSE_NODE)
    if not is_node:
        response = ("cfnresponse.py", _CFN_RESPONSE_PYTHON)
    files = {"index.js" if is_node else "index.py": str(code["ZipFile"]), response[0]: response[1]}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            entry = zipfile.ZipInfo(name, _ZIP_TIME)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, text)
    return packed.getvalue()
