"""The web door: pages, complete without JavaScript. One folder for each room below."""
