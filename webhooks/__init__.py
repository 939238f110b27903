"""The HTTP door: receives Zendesk's webhooks, verifies them, and leaves hints in the inbox."""
