"""The handlers of the API's calls; each module ends with its `ENDPOINTS`."""
