"""The door of messaging: intake of webhooks, inbound texts, the outbox, receipts, opt-outs."""
