"""The app itself: it makes the parts and joins the link to the screens."""
