"""The form of a webhook: new, edit, duplicate (app.md, Forms)."""
