module netcheck.test/cluster/bed

go 1.26.0
