"""What an admin configures in Zendesk, as readable files: the webhook and the trigger that calls it."""
