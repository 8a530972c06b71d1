"""Writes the rings of a Swift with one disk on loopback: python3 rings.py FOLDER ACCOUNT-PORT CONTAINER-PORT OBJECT-PORT"""
import sys

from swift.common.ring import RingBuilder

folder, *ports = sys.argv[1:]
for name, port in zip(("account", "container", "object"), ports, strict=True):
    builder = RingBuilder(part_power=0, replicas=1, min_part_hours=0)
    builder.add_dev({"region": 1, "zone": 1, "ip": "127.0.0.1", "port": int(port), "device": "disk", "weight": 1})
    builder.rebalance()
    builder.get_ring().save(f"{folder}/{name}.ring.gz")
