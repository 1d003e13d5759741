"""The way of an order through the house, one stage a module, in this order: intake, map_order, request_payment,
create_link, update_link, send_message, track_message, track_payment, send_receipt, write_back,
close_link, reconcile, replay.

A stage is an async function that takes the order's state, its step and the ports, and returns an `Outcome`: what to
store and which steps come next. It has no loop, no retry, no timer and no SQL; `steps` runs them.
"""
