"""What every run needs: inputs and their design, pools of workers, replications, compiling."""
