/** Messages that are on their way from the broker, until the connection or the permission ends. */
export interface Delivery {
  ended: Promise<unknown>;
}
