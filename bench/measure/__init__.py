"""The measuring side: a fresh child per restart runs the timed loop of both arms."""
