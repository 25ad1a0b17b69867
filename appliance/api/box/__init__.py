"""The routes of the box itself: health, metrics, documents index, capture key."""
