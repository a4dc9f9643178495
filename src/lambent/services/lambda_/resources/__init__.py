"""AWS::Lambda::* for CloudFormation, as tables; a file a subject."""

from lambent.services.lambda_.resources.access import PERMISSION, URL
from lambent.services.lambda_.resources.capacity import CAPACITY_PROVIDER
from lambent.services.lambda_.resources.events import EVENT_INVOKE_CONFIG, EVENT_SOURCE_MAPPING
from lambent.services.lambda_.resources.functions import FUNCTION
from lambent.services.lambda_.resources.layers import LAYER_VERSION, LAYER_VERSION_PERMISSION
from lambent.services.lambda_.resources.versions import ALIAS, VERSION

RESOURCE_TYPES = (
    FUNCTION,
    VERSION,
    ALIAS,
    PERMISSION,
    LAYER_VERSION,
    LAYER_VERSION_PERMISSION,
    URL,
    EVENT_SOURCE_MAPPING,
    EVENT_INVOKE_CONFIG,
    CAPACITY_PROVIDER,
)
