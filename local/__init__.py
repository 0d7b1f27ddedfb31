"""The laptop: an emulator of AWS, the deployment to it in process, and the command line `espresso`."""
