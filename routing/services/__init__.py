"""The door of routing. Lock order everywhere: agent state, contact, offer, feed.

Only the first lock of a transaction waits without a bound; a later one is either skipped when taken or is
held by transactions that never wait for an earlier one of the order, so no circle can form.
"""
