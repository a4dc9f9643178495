"""A bucket's configurations: kept as they were given, and given back."""

from lambent.platform import Context, Params, Reply
from lambent.services.s3.api import edge


async def put_bucket_cors(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketCors.html"""
    return await edge.put(context, params, "cors", params["CORSConfiguration"])


async def get_bucket_cors(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketCors.html"""
    found: Reply = await edge.get(context, params, "cors")
    return found


async def delete_bucket_cors(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketCors.html"""
    return await edge.remove(context, params, "cors")


async def put_bucket_lifecycle_configuration(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLifecycleConfiguration.html"""
    return await edge.put(context, params, "lifecycle", params["LifecycleConfiguration"])


async def get_bucket_lifecycle_configuration(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLifecycleConfiguration.html"""
    found: Reply = await edge.get(context, params, "lifecycle")
    return found


async def delete_bucket_lifecycle(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketLifecycle.html"""
    return await edge.remove(context, params, "lifecycle")


async def put_bucket_website(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketWebsite.html"""
    return await edge.put(context, params, "website", params["WebsiteConfiguration"])


async def get_bucket_website(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketWebsite.html"""
    found: Reply = await edge.get(context, params, "website")
    return found


async def delete_bucket_website(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketWebsite.html"""
    return await edge.remove(context, params, "website")


async def put_bucket_encryption(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketEncryption.html"""
    return await edge.put(
        context, params, "encryption", params["ServerSideEncryptionConfiguration"]
    )


async def get_bucket_encryption(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketEncryption.html"""
    return {"ServerSideEncryptionConfiguration": await edge.get(context, params, "encryption")}


async def delete_bucket_encryption(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketEncryption.html"""
    return await edge.remove(context, params, "encryption")


async def put_public_access_block(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutPublicAccessBlock.html"""
    return await edge.put(
        context, params, "publicAccessBlock", params["PublicAccessBlockConfiguration"]
    )


async def get_public_access_block(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetPublicAccessBlock.html"""
    return {"PublicAccessBlockConfiguration": await edge.get(context, params, "publicAccessBlock")}


async def delete_public_access_block(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeletePublicAccessBlock.html"""
    return await edge.remove(context, params, "publicAccessBlock")


async def put_bucket_ownership_controls(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketOwnershipControls.html"""
    return await edge.put(context, params, "ownership", params["OwnershipControls"])


async def get_bucket_ownership_controls(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketOwnershipControls.html"""
    return {"OwnershipControls": await edge.get(context, params, "ownership")}


async def delete_bucket_ownership_controls(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketOwnershipControls.html"""
    return await edge.remove(context, params, "ownership")


async def put_bucket_replication(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketReplication.html"""
    return await edge.put(context, params, "replication", params["ReplicationConfiguration"])


async def get_bucket_replication(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketReplication.html"""
    return {"ReplicationConfiguration": await edge.get(context, params, "replication")}


async def delete_bucket_replication(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketReplication.html"""
    return await edge.remove(context, params, "replication")


async def put_bucket_notification_configuration(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketNotificationConfiguration.html"""
    return await edge.put(context, params, "notification", params["NotificationConfiguration"])


async def get_bucket_notification_configuration(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketNotificationConfiguration.html"""
    found: Reply = await edge.get(context, params, "notification")
    return found


async def put_bucket_logging(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLogging.html"""
    return await edge.put(context, params, "logging", params["BucketLoggingStatus"])


async def get_bucket_logging(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLogging.html"""
    found: Reply = await edge.get(context, params, "logging")
    return found


async def put_bucket_accelerate_configuration(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketAccelerateConfiguration.html"""
    return await edge.put(context, params, "accelerate", params["AccelerateConfiguration"])


async def get_bucket_accelerate_configuration(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketAccelerateConfiguration.html"""
    found: Reply = await edge.get(context, params, "accelerate")
    return found


async def put_bucket_request_payment(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketRequestPayment.html"""
    return await edge.put(context, params, "requestPayment", params["RequestPaymentConfiguration"])


async def get_bucket_request_payment(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketRequestPayment.html"""
    found: Reply = await edge.get(context, params, "requestPayment")
    return found


async def put_object_lock_configuration(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectLockConfiguration.html"""
    return await edge.put(context, params, "objectLock", params["ObjectLockConfiguration"])


async def get_object_lock_configuration(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectLockConfiguration.html"""
    return {"ObjectLockConfiguration": await edge.get(context, params, "objectLock")}
