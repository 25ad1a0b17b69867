"""The Verify Identity dialect: parse, call a service, render."""
