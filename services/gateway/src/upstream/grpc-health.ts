import { Client, type ClientUnaryCall, credentials, status as grpcStatus } from "@grpc/grpc-js";

/** The method of gRPC's health service (grpc.health.v1). */
const method = "/grpc.health.v1.Health/Check";

/** `HealthCheckResponse.ServingStatus`. */
const serving = 1;

/** The health service of one replica. */
export class GrpcHealth {
  private readonly client: Client;
  private call?: ClientUnaryCall;

  /** @param address host and port, for example `172.22.0.5:50051`. */
  constructor(address: string, secure: boolean) {
    this.client = new Client(address, secure ? credentials.createSsl() : credentials.createInsecure());
  }

  /**
   * Whether a service serves. One that is not known does not.
   * @param service its name; empty for the server as a whole.
   * @throws Error where there is no answer in time.
   */
  check(service: string, withinMs: number): Promise<boolean> {
    return new Promise((resolve, reject) => {
      this.call = this.client.makeUnaryRequest(
        method,
        requestOf,
        statusOf,
        service,
        { deadline: Date.now() + withinMs },
        (error, status) => {
          // A server says so of a service that it does not know.
          if (error && error.code !== grpcStatus.NOT_FOUND) reject(error);
          else resolve(status === serving);
        },
      );
    });
  }

  close(): void {
    this.call?.cancel();
    this.client.close();
  }
}

/** `HealthCheckRequest`: its one field is the service's name, a text of one length byte here. */
function requestOf(service: string): Buffer {
  const name = Buffer.from(service);
  return name.length === 0 ? name : Buffer.concat([Buffer.from([0x0a, name.length]), name]);
}

/** `HealthCheckResponse`: its one field is the status, a small number; what is 0 is left out. */
function statusOf(response: Buffer): number {
  return response[0] === 0x08 ? (response[1] ?? 0) : 0;
}
