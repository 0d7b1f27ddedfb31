"""What `pulumi up` runs: the whole stack of the coffee bar, from its settings to its outputs."""

import pulumi

from infra import Place, Workflow, WorkflowConfig
from program import functions, routes
from program.settings import PLAIN_STACKS, Settings, keys
from program.storage import Storage
from workflows import order_manager, order_processor

config = pulumi.Config()
settings = Settings.read({key: config.get(key) for key in keys()}, stack=pulumi.get_stack())
place = Place.current(plain_stacks=PLAIN_STACKS)
storage = Storage.build(settings, place)
workflow = WorkflowConfig(log_retention_days=settings.log_retention_days)

processor = Workflow(
    order_processor.name,
    order_processor,
    workflow,
    place=place,
    bindings=storage.bindings()
    | {
        "CustomerTimeoutSeconds": settings.customer_timeout_seconds,
        "BaristaTimeoutSeconds": settings.barista_timeout_seconds,
    },
)
sanitize = functions.sanitize_order(settings, place)
manager = Workflow(
    order_manager.name,
    order_manager,
    workflow,
    place=place,
    bindings=storage.bindings()
    | {"SanitizeOrderFunctionArn": sanitize.arn, "OrderProcessorArn": processor.arn},
)
started = functions.workflow_started(settings, place, storage, processor_arn=processor.arn)
waiting = functions.waiting_completion(settings, place, storage, processor_arn=processor.arn)
ended = functions.order_ended(settings, place, storage, processor_arn=processor.arn)

routes.new_order(storage, place, processor)
routes.token_issued(storage, place, "OrderProcessor.WorkflowStarted", started, "WorkflowStarted")
routes.token_issued(storage, place, "OrderProcessor.WaitingCompletion", waiting, "WaitingCompletion")
routes.processor_ended_badly(place, processor, ended)

pulumi.export("eventBusName", storage.bus.name)
pulumi.export("orderTableName", storage.orders.name)
pulumi.export("configTableName", storage.config.name)
pulumi.export("countingTableName", storage.counting.name)
pulumi.export("orderProcessorArn", processor.arn)
pulumi.export("orderManagerArn", manager.arn)
everything = {
    "SanitizeOrder": sanitize,
    "WorkflowStarted": started,
    "WaitingCompletion": waiting,
    "OrderEnded": ended,
}
pulumi.export("functionNames", {name: function.name for name, function in everything.items()})
pulumi.export("region", place.region)
