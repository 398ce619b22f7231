# A 32-bit program without a C library: forks, runs its arguments in the child, waits, ends with the
# status 9. The system calls are those of i386: fork 2, waitpid 7, execve 11, exit_group 252.
	.globl _start
_start:
	movl	(%esp), %esi		# argc
	leal	8(%esp), %edi		# argv + 1
	leal	8(%esp,%esi,4), %ebp	# envp
	movl	$2, %eax
	int	$0x80
	testl	%eax, %eax
	jz	child
	movl	%eax, %ebx
	xorl	%ecx, %ecx
	xorl	%edx, %edx
	movl	$7, %eax
	int	$0x80
	movl	$9, %ebx
	movl	$252, %eax
	int	$0x80
child:
	movl	(%edi), %ebx
	movl	%edi, %ecx
	movl	%ebp, %edx
	movl	$11, %eax
	int	$0x80
	movl	$127, %ebx
	movl	$252, %eax
	int	$0x80
