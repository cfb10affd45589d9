/* The tables of calls, one a facility or group. Whoever adds a file with calls adds its line here. */
TABLE(descriptor_table)
TABLE(process_table)
TABLE(signal_table)
TABLE(sysv_msg_table)
