/** The header of a Jupyter message, of what a client asks and of what the kernel tells. */
export interface Header {
  msg_id: string;
  session: string;
  username: string;
  date: string;
  msg_type: string;
  version: string;
}
