"""The eKYC-Onboarder dialect: parse, call a service, render."""
