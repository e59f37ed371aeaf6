fn main() {}
    // TODO: greet 
