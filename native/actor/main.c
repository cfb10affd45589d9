/*
 * ipc_lens_actor: the processes of IPC Lens's live demos.
 *
 *   ipc_lens_actor stage DIRECTORY   supervises one demo session, told what to do on standard input
 *   ipc_lens_actor sweep RUN         removes what the run in that directory left behind, once its processes are gone
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run.h"
#include "stage.h"

enum { SWEEP_PATIENCE = 5 /* seconds */ };

int main(int argc, char **argv)
{
    if (argc == 3 && argv[2][0] == '/') {
        if (strcmp(argv[1], "stage") == 0)
            return stage_main(argv[2]);
        if (strcmp(argv[1], "sweep") == 0)
            return run_sweep(argv[2], SWEEP_PATIENCE) ? EXIT_SUCCESS : EXIT_FAILURE;
    }
    fprintf(stderr, "This program is part of IPC Lens and is started by it.\n"
                    "usage: ipc_lens_actor stage DIRECTORY | sweep RUN\n");
    return EXIT_FAILURE;
}
