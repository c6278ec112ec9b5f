# SPDX-License-Identifier: GPL-2.0
"""Guests: distro kernels, found, booted in QEMU, and judged by msg_zerocopy."""
