"""Models: manifests, hashes, the OpenVINO runtime, the bounded inference pool."""
