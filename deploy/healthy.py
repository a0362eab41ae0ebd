"""Ask a server whether it takes calls: exit code 0 if it does, 1 if not.

Usage: python deploy/healthy.py [HOST:PORT]
"""

import sys

import grpc
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse
from grpc_health.v1.health_pb2_grpc import HealthStub

SECONDS_MAX = 3.0

target = sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:50051"
with grpc.insecure_channel(target) as channel:
    try:
        state = HealthStub(channel).Check(HealthCheckRequest(), timeout=SECONDS_MAX).status
    except grpc.RpcError as error:
        sys.exit(f"{target} does not answer: {error.code().name}")
if state != HealthCheckResponse.SERVING:
    sys.exit(f"{target} takes no calls now")
