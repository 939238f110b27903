"""What an admin configures in Zendesk, as readable files: fields, webhook, the trigger that calls it, and views."""
