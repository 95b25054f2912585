module example.org/stream

go 1.19
