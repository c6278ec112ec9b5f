# SPDX-License-Identifier: GPL-2.0
"""The benchmark; of Python its page alone."""
