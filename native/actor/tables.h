/* The tables of calls, one a facility or group. Whoever adds a file with calls adds its line here. */
TABLE(descriptor_table)
TABLE(process_table)
TABLE(program_table)
TABLE(signal_table)
TABLE(socket_table)
TABLE(sysv_msg_table)
TABLE(terminal_table)
TABLE(wait_table)
