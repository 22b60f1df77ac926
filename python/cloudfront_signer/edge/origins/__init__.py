"""Where content comes from: a folder, an HTTP server or an S3 bucket."""
