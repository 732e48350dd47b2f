"""What runs inside of the cluster, in a pod of one of our images: it has httpx, and no more."""
