"""The widgets of a form. Each shows one field and posts its value; validation is in `forms`."""
