/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

/*
 * EMBEDDED_TEXT(name, "path/to/file") is the text of a file as the array `name`, in a program that
 * needs no file at run time. The assembler includes the file's bytes and ends them with a zero; it
 * looks for the file from the top of the tree, and in the objects' folder. The Makefile has to say
 * that the object depends on the file.
 */
// NOLINTBEGIN(bugprone-macro-parentheses): a declared name has none
#define EMBEDDED_TEXT(name, file)                                                                            \
	extern "C" const char name[];                                                                        \
	__asm__(".pushsection .rodata\n"                                                                     \
		".globl " #name "\n" #name ":\n"                                                             \
		".incbin \"" file "\"\n"                                                                     \
		".byte 0\n"                                                                                  \
		".popsection\n")
// NOLINTEND(bugprone-macro-parentheses)
