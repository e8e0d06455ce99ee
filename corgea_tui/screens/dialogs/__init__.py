"""The dialogs over a screen: questions, choices, help, progress."""
