"""Services: what people and the passing of time do to events, webhooks, deliveries and jobs."""
