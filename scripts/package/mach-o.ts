export function signAdHoc(program: Buffer, _identifier: string): Buffer {
  return program;
}
