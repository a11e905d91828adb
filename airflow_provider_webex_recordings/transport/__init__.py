"""Moving messages: two drivers that run a flow, and one exchange for each HTTP library. They know nothing of Webex."""
