"""The operations of S3, a file a noun; this one lists them all."""

from lambent.services.s3.api.access import (
    delete_bucket_policy,
    delete_bucket_tagging,
    get_bucket_acl,
    get_bucket_policy,
    get_bucket_policy_status,
    get_bucket_tagging,
    put_bucket_acl,
    put_bucket_policy,
    put_bucket_tagging,
)
from lambent.services.s3.api.buckets import (
    create_bucket,
    delete_bucket,
    get_bucket_location,
    get_bucket_versioning,
    head_bucket,
    list_buckets,
    put_bucket_versioning,
)
from lambent.services.s3.api.configurations import OPERATIONS as CONFIGURATIONS
from lambent.services.s3.api.copies import (
    copy_object,
)
from lambent.services.s3.api.lists import (
    list_object_versions,
    list_objects,
    list_objects_v2,
)
from lambent.services.s3.api.notifications import (
    get_bucket_notification_configuration,
    put_bucket_notification_configuration,
)
from lambent.services.s3.api.objects import (
    delete_object,
    delete_object_tagging,
    delete_objects,
    get_object,
    get_object_acl,
    get_object_attributes,
    get_object_tagging,
    head_object,
    put_object,
    put_object_tagging,
)
from lambent.services.s3.api.uploads import (
    abort_multipart_upload,
    complete_multipart_upload,
    create_multipart_upload,
    list_multipart_uploads,
    list_parts,
    upload_part,
    upload_part_copy,
)

# The registry finds an operation by its name here.
globals().update(CONFIGURATIONS)

PARTLY = {
    "CreateBucket": "access lists; the region of a bucket is told, every region reaches it",
    "PutObject": "access lists; xxHash; a CRC-64/NVME that nobody asked for",
    "CopyObject": "the ETag of a multipart object is kept",
    "GetObjectAcl": "the owner's, always",
    "GetObjectAttributes": "parts are counted, not listed",
    "ListMultipartUploads": "Delimiter; 10,000 uploads at most",
    "PutBucketAcl": "kept and given back, not acted on",
    "PutBucketPolicy": "kept and given back, not acted on",
    "PutBucketLifecycleConfiguration": "kept and given back, not acted on",
    "PutBucketWebsite": "kept and given back, not acted on",
    "PutBucketNotificationConfiguration": (
        "objects created, removed and tagged; other events are kept and never happen"
    ),
    "PutBucketReplication": "kept and given back, not acted on",
    "PutBucketLogging": "kept and given back, not acted on",
    "PutBucketAccelerateConfiguration": "kept and given back, not acted on",
    "PutBucketRequestPayment": "kept and given back, not acted on",
    "PutBucketEncryption": "kept and given back, not acted on",
    "PutBucketOwnershipControls": "kept and given back, not acted on",
    "PutPublicAccessBlock": "kept and given back, not acted on",
    "PutObjectLockConfiguration": "kept and given back, not acted on",
    "PutBucketAnalyticsConfiguration": "kept and given back, not acted on",
    "PutBucketIntelligentTieringConfiguration": "kept and given back, not acted on",
    "PutBucketInventoryConfiguration": "kept and given back, not acted on",
    "PutBucketMetricsConfiguration": "kept and given back, not acted on",
}

__all__ = [
    "CONFIGURATIONS",
    "PARTLY",
    "abort_multipart_upload",
    "complete_multipart_upload",
    "copy_object",
    "create_bucket",
    "create_multipart_upload",
    "delete_bucket",
    "delete_bucket_policy",
    "delete_bucket_tagging",
    "delete_object",
    "delete_object_tagging",
    "delete_objects",
    "get_bucket_acl",
    "get_bucket_location",
    "get_bucket_notification_configuration",
    "get_bucket_policy",
    "get_bucket_policy_status",
    "get_bucket_tagging",
    "get_bucket_versioning",
    "get_object",
    "get_object_acl",
    "get_object_attributes",
    "get_object_tagging",
    "head_bucket",
    "head_object",
    "list_buckets",
    "list_multipart_uploads",
    "list_object_versions",
    "list_objects",
    "list_objects_v2",
    "list_parts",
    "put_bucket_acl",
    "put_bucket_notification_configuration",
    "put_bucket_policy",
    "put_bucket_tagging",
    "put_bucket_versioning",
    "put_object",
    "put_object_tagging",
    "upload_part",
    "upload_part_copy",
]
