"""A proxy on loopback that makes a network: `delay.py LISTEN TARGET ROUND_TRIP_MS MBIT`. Half of the round trip is added to each direction, a new connection
waits one round trip, and all connections together send no faster than so many Mbit/s towards the client; 0 for as fast as it goes."""
import asyncio
import sys
import time

listen, target, round_trip, mbit = (int(word) for word in sys.argv[1:])
half, rate = round_trip / 2000, mbit * 1e6 / 8
free_at = 0.0


def paced(size):
    """When the last byte has left the wire that all connections share."""
    global free_at
    free_at = max(free_at, time.monotonic()) + (size / rate if rate else 0)
    return free_at


async def pump(reader, writer, wire):
    queue = asyncio.Queue(64)

    async def send():
        while (item := await queue.get()) is not None:
            at, data = item
            await asyncio.sleep(max(0, at - time.monotonic()))
            writer.write(data)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()

    sender = asyncio.create_task(send())
    try:
        while data := await reader.read(32768):
            await queue.put(((paced(len(data)) if wire else time.monotonic()) + half, data))
    finally:
        await queue.put(None)
        await sender


async def serve(reader, writer):
    await asyncio.sleep(2 * half)
    other_reader, other_writer = await asyncio.open_connection("127.0.0.1", target)
    await asyncio.gather(pump(reader, other_writer, False), pump(other_reader, writer, True), return_exceptions=True)
    writer.close()
    other_writer.close()


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", listen)
    await server.serve_forever()


asyncio.run(main())
