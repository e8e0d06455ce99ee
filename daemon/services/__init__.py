"""Services: operations on events, webhooks, deliveries and jobs, and the background tasks."""
