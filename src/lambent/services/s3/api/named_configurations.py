"""The configurations of which a bucket may have many, each with an id."""

from lambent.platform import Context, Params, Reply
from lambent.services.s3.api import edge


async def put_bucket_analytics_configuration(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketAnalyticsConfiguration.html"""
    return await edge.put(
        context, params, "analytics", params["AnalyticsConfiguration"], params["Id"]
    )


async def get_bucket_analytics_configuration(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketAnalyticsConfiguration.html"""
    return {"AnalyticsConfiguration": await edge.get(context, params, "analytics", params["Id"])}


async def delete_bucket_analytics_configuration(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketAnalyticsConfiguration.html"""
    return await edge.remove(context, params, "analytics", params["Id"])


async def list_bucket_analytics_configurations(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBucketAnalyticsConfigurations.html"""
    return await edge.list_all(context, params, "analytics", "AnalyticsConfigurationList")


async def put_bucket_intelligent_tiering_configuration(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketIntelligentTieringConfiguration.html"""
    return await edge.put(
        context,
        params,
        "intelligentTiering",
        params["IntelligentTieringConfiguration"],
        params["Id"],
    )


async def get_bucket_intelligent_tiering_configuration(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketIntelligentTieringConfiguration.html"""
    return {
        "IntelligentTieringConfiguration": await edge.get(
            context, params, "intelligentTiering", params["Id"]
        )
    }


async def delete_bucket_intelligent_tiering_configuration(
    context: Context, params: Params
) -> Reply:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketIntelligentTieringConfiguration.html"""
    return await edge.remove(context, params, "intelligentTiering", params["Id"])


async def list_bucket_intelligent_tiering_configurations(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBucketIntelligentTieringConfigurations.html"""
    return await edge.list_all(
        context, params, "intelligentTiering", "IntelligentTieringConfigurationList"
    )


async def put_bucket_inventory_configuration(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketInventoryConfiguration.html"""
    return await edge.put(
        context, params, "inventory", params["InventoryConfiguration"], params["Id"]
    )


async def get_bucket_inventory_configuration(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketInventoryConfiguration.html"""
    return {"InventoryConfiguration": await edge.get(context, params, "inventory", params["Id"])}


async def delete_bucket_inventory_configuration(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketInventoryConfiguration.html"""
    return await edge.remove(context, params, "inventory", params["Id"])


async def list_bucket_inventory_configurations(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBucketInventoryConfigurations.html"""
    return await edge.list_all(context, params, "inventory", "InventoryConfigurationList")


async def put_bucket_metrics_configuration(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketMetricsConfiguration.html"""
    return await edge.put(context, params, "metrics", params["MetricsConfiguration"], params["Id"])


async def get_bucket_metrics_configuration(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketMetricsConfiguration.html"""
    return {"MetricsConfiguration": await edge.get(context, params, "metrics", params["Id"])}


async def delete_bucket_metrics_configuration(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketMetricsConfiguration.html"""
    return await edge.remove(context, params, "metrics", params["Id"])


async def list_bucket_metrics_configurations(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBucketMetricsConfigurations.html"""
    return await edge.list_all(context, params, "metrics", "MetricsConfigurationList")
