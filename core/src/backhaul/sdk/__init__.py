"""What a plugin author imports. Names load on first use, so that listing plugins stays cheap."""
