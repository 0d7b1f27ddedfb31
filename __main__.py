"""What `pulumi up` runs: the whole stack of the coffee bar, from its settings to its outputs."""

import pulumi

from infra import Place, Workflow, WorkflowConfig, configuration
from program import operations
from program.functions import Functions
from program.routes import Routes
from program.settings import PLAIN_STACKS, StackSettings, keys
from program.storage import Storage
from workflows import order_manager, order_processor

settings = StackSettings.read(configuration(*keys()), stack=pulumi.get_stack())
place = Place.current(
    plain_stacks=PLAIN_STACKS,
    owner=settings.owner_email,
    alarms=settings.alarms,
    alarm_topic_arn=settings.alarm_topic_arn,
)
storage = Storage.build(settings, place)
days = settings.log_retention_days

processor = Workflow(
    order_processor.name,
    order_processor,
    WorkflowConfig(log_retention_days=days),
    place=place,
    bindings=storage.bindings()
    | {
        "CustomerTimeoutSeconds": settings.customer_timeout_seconds,
        "BaristaTimeoutSeconds": settings.barista_timeout_seconds,
    },
)
functions = Functions.build(settings, place, storage, processor_arn=processor.arn)
manager = Workflow(
    order_manager.name,
    order_manager,
    WorkflowConfig(log_retention_days=days, type=settings.manager_type),
    place=place,
    bindings=storage.bindings()
    | {"SanitizeOrderFunctionArn": functions.sanitize_order.arn, "OrderProcessorArn": processor.arn},
)
routes = Routes.build(settings, place, storage, processor, functions)
if settings.dashboard:
    operations.orders_dashboard(storage, place, processor, manager, routes, functions)

pulumi.export("eventBusName", storage.bus.name)
pulumi.export("orderTableName", storage.orders.name)
pulumi.export("configTableName", storage.config.name)
pulumi.export("countingTableName", storage.counting.name)
pulumi.export("orderProcessorArn", processor.arn)
pulumi.export("orderManagerArn", manager.arn)
pulumi.export("orderManagerType", settings.manager_type)
pulumi.export("functionNames", {function.label: function.name for function in functions.all()})
pulumi.export("region", place.region)
